"""Small projects of our own that need what no small project of the index does."""

from __future__ import annotations

CUDA = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
    "setup.py": '''
import os, shutil, subprocess
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

def cuda_home():
    """Look as torch.utils.cpp_extension does."""
    nvcc = shutil.which("nvcc")
    home = os.environ.get("CUDA_HOME") or (nvcc and os.path.dirname(os.path.dirname(nvcc)))
    if home is None:
        raise EnvironmentError("CUDA_HOME environment variable is not set. "
                               "Please set it to your CUDA install root.")
    return home

class with_nvcc(build_ext):
    def build_extension(self, ext):
        os.makedirs(self.build_temp, exist_ok=True)
        made = os.path.join(self.build_temp, "kernel.o")
        subprocess.check_call([os.path.join(cuda_home(), "bin", "nvcc"), "-c", "kernel.cu",
                               "-Xcompiler", "-fPIC", "-o", made])
        ext.extra_objects = [made]
        super().build_extension(ext)

home = cuda_home()
setup(
    name="mine", version="1", cmdclass={"build_ext": with_nvcc},
    ext_modules=[Extension("mine", ["mine.cpp"], language="c++", libraries=["cudart"],
                           include_dirs=[home + "/include"], library_dirs=[home + "/lib64"])],
)
''',
    "kernel.cu": """
#include <thrust/execution_policy.h>
#include <thrust/reduce.h>
__global__ void twice(int n, float *x) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) x[i] *= 2;
}
extern "C" int run(float *x, int n) {
    twice<<<(n + 255) / 256, 256>>>(n, x);
    return (int)cudaGetLastError();
}
extern "C" float total(float *x, int n) { return thrust::reduce(thrust::device, x, x + n); }
""",
    "mine.cpp": """
#include <Python.h>
#include <cuda_runtime.h>
extern "C" int run(float *, int);
static PyObject *runtime(PyObject *, PyObject *) {
    int version = 0;
    cudaRuntimeGetVersion(&version);
    return PyLong_FromLong(version);
}
static PyObject *kernel(PyObject *, PyObject *) { return PyLong_FromLong(run(nullptr, 1)); }
static PyMethodDef methods[] = {{"runtime", runtime, METH_NOARGS, ""},
                                {"kernel", kernel, METH_NOARGS, ""}, {}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "mine", "", -1, methods};
PyMODINIT_FUNC PyInit_mine(void) { return PyModule_Create(&module); }
""",
}
"""A setuptools project whose extension is compiled by nvcc and linked with CUDA's run time."""

TORCH_SETUP = """
from setuptools import setup
from torch.utils.cpp_extension import BuildExtension, {extension}

setup(
    name="{name}",
    version="1",
    ext_modules=[{extension}("{module}", {sources})],
    cmdclass={{"build_ext": BuildExtension}},
)
"""
KERNEL = {
    "setup.py": TORCH_SETUP.format(
        extension="CUDAExtension",
        name="buildfix-kernel",
        module="buildfix_kernel",
        sources=["binding.cpp", "kernel.cu"],
    ),
    "kernel.cu": """
#include <cuda_runtime.h>
__global__ void twice(int n, float *x) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) x[i] *= 2;
}
int run() {
    twice<<<1, 32>>>(0, nullptr);
    return (int)cudaGetLastError();
}
""",
    "binding.cpp": """
#include <Python.h>
#include <c10/util/Exception.h>
int run();
static PyObject *kernel(PyObject *, PyObject *) {
    TORCH_CHECK(run() >= 0, "no answer");
    return PyLong_FromLong(run());
}
static PyMethodDef methods[] = {{"kernel", kernel, METH_NOARGS, ""}, {}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "buildfix_kernel", "", -1, methods};
PyMODINIT_FUNC PyInit_buildfix_kernel(void) { return PyModule_Create(&module); }
""",
}
PROJECTS = {"cuda": CUDA, "torch-kernel": KERNEL}
