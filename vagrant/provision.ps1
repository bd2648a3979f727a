# provision.ps1 TREE REPORT [NAME...|--quick]: install buildfix from the tree, run the acceptance table.
# Elevated; it brings a Python, and nothing else that builds need.
$ErrorActionPreference = 'Stop'
$tree, $report, $names = $args

function Find-Python {
    (Get-Command python -ErrorAction SilentlyContinue -All |
        Where-Object { $_.Source -notlike '*\WindowsApps\*' } | Select-Object -First 1).Source
}

if (-not (Find-Python)) {
    if (Get-Command winget -ErrorAction SilentlyContinue) {
        winget install --exact --id Python.Python.3.13 --source winget --scope machine --silent `
            --accept-package-agreements --accept-source-agreements --disable-interactivity
    } else {
        choco install --yes --no-progress python313
    }
    $env:Path = [Environment]::GetEnvironmentVariable('Path', 'Machine')
}
$python = Find-Python
$own = Join-Path $env:TEMP 'buildfix-own'
& $python -m venv $own
& "$own\Scripts\python.exe" -m pip install --quiet $tree
if ($LASTEXITCODE) { exit $LASTEXITCODE }
Set-Location $tree
& "$own\Scripts\python.exe" -m vagrant.acceptance `
    --buildfix "$own\Scripts\buildfix.exe" --python $python --report $report $names
exit $LASTEXITCODE
