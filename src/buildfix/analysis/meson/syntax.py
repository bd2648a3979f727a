"""Meson's language, parsed by its reference manual's grammar into nodes of one kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\\\n|\#[^\n]*)
      |(?P<newline>\n)
      |(?P<text>f?'''(?:.|\n)*?'''|f?'(?:\\.|[^'\\\n])*')
      |(?P<number>0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)
      |(?P<name>[A-Za-z_]\w*)
      |(?P<operator>\+=|==|!=|<=|>=|[-+*/%<>=?:.,()\[\]{}])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "'": "'", "\\": "\\"}
_ENDS = frozenset({"endif", "endforeach", "else", "elif"})
MAX_DEPTH = 100


class MesonSyntaxError(Exception):
    """The text is not Meson's language."""


@dataclass(frozen=True)
class Token:
    """A word of the language, and its line."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Node:
    """A statement or expression: its kind, its parts, and its line."""

    kind: str
    line: int
    value: Any = None
    parts: tuple[Any, ...] = ()


def parse(text: str) -> tuple[Node, ...]:
    """Return the statements of a build file; raises MesonSyntaxError."""
    parser = _Parser(_tokens(text))
    body = parser.block()
    if parser.peek().kind != "end":
        raise MesonSyntaxError(f"line {parser.peek().line}")
    return body


def _tokens(text: str) -> list[Token]:
    tokens, place, line, depth = [], 0, 1, 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise MesonSyntaxError(f"line {line}")
        kind, word = str(match.lastgroup), match[0]
        if kind == "operator":
            depth += (word in "([{") - (word in ")]}")
        if (kind == "newline" and depth == 0) or kind not in ("space", "newline"):
            tokens.append(Token(kind, word, line))
        line += word.count("\n")
        place = match.end()
    tokens.append(Token("end", "", line))
    return tokens


class _Parser:
    def __init__(self, tokens: list[Token]):
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def peek(self) -> Token:
        return self._tokens[self._place]

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _accept(self, *texts: str) -> Token | None:
        token = self.peek()
        if token.kind in ("operator", "name") and token.text in texts:
            return self._next()
        return None

    def _expect(self, text: str) -> Token:
        token = self._accept(text)
        if token is None:
            raise MesonSyntaxError(f"line {self.peek().line}: {text} expected")
        return token

    def block(self) -> tuple[Node, ...]:
        """Return the statements up to the end of a block."""
        body: list[Node] = []
        while True:
            while self.peek().kind == "newline":
                self._next()
            token = self.peek()
            if token.kind == "end" or (token.kind == "name" and token.text in _ENDS):
                return tuple(body)
            body.append(self._statement())

    def _statement(self) -> Node:
        token = self.peek()
        if self._accept("if"):
            return self._if(token.line)
        if self._accept("foreach"):
            return self._foreach(token.line)
        if self._accept("break", "continue"):
            return Node(token.text, token.line)
        left = self._expression()
        for operator in ("=", "+="):
            if self._accept(operator):
                kind = "assign" if operator == "=" else "add"
                return Node(kind, token.line, left.value, (self._expression(),))
        return Node("statement", token.line, None, (left,))

    def _if(self, line: int) -> Node:
        branches = [(self._expression(), self.block())]
        while self._accept("elif"):
            branches.append((self._expression(), self.block()))
        other = self.block() if self._accept("else") else ()
        self._expect("endif")
        return Node("if", line, other, tuple(branches))

    def _foreach(self, line: int) -> Node:
        names = [self._next().text]
        while self._accept(","):
            names.append(self._next().text)
        self._expect(":")
        items = self._expression()
        body = self.block()
        self._expect("endforeach")
        return Node("foreach", line, tuple(names), (items, body))

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise MesonSyntaxError("nested too deeply")
        condition = self._or()
        token = self._accept("?")
        if token:
            one = self._expression()
            self._expect(":")
            condition = Node("ternary", token.line, None, (condition, one, self._expression()))
        self._depth -= 1
        return condition

    def _or(self) -> Node:
        left = self._and()
        while token := self._accept("or"):
            left = Node("or", token.line, None, (left, self._and()))
        return left

    def _and(self) -> Node:
        left = self._comparison()
        while token := self._accept("and"):
            left = Node("and", token.line, None, (left, self._comparison()))
        return left

    def _comparison(self) -> Node:
        left = self._sum()
        while True:
            token = self._accept("==", "!=", "<", "<=", ">", ">=", "in")
            word = token.text if token else ""
            if (
                token is None
                and self.peek().text == "not"
                and self._tokens[self._place + 1].text == "in"
            ):
                token, word = self._next(), "not in"
                self._next()
            if token is None:
                return left
            left = Node("compare", token.line, word, (left, self._sum()))

    def _sum(self) -> Node:
        left = self._product()
        while token := self._accept("+", "-"):
            left = Node("binary", token.line, token.text, (left, self._product()))
        return left

    def _product(self) -> Node:
        left = self._unary()
        while token := self._accept("*", "/", "%"):
            left = Node("binary", token.line, token.text, (left, self._unary()))
        return left

    def _unary(self) -> Node:
        token = self._accept("not", "-")
        if token:
            return Node(
                "not" if token.text == "not" else "negative", token.line, None, (self._unary(),)
            )
        return self._postfix()

    def _postfix(self) -> Node:
        node = self._atom()
        while True:
            if token := self._accept("("):
                args, named = self._arguments(")")
                node = Node("call", token.line, node.value, (None, args, named))
            elif token := self._accept("."):
                name = self._next().text
                self._expect("(")
                args, named = self._arguments(")")
                node = Node("call", token.line, name, (node, args, named))
            elif token := self._accept("["):
                node = Node("index", token.line, None, (node, self._expression()))
                self._expect("]")
            else:
                return node

    def _arguments(self, end: str) -> tuple[tuple[Node, ...], tuple[tuple[Any, Node], ...]]:
        args, named = [], []
        while not self._accept(end):
            value = self._expression()
            if self._accept(":"):
                named.append((value, self._expression()))
            else:
                args.append(value)
            if not self._accept(",") and self.peek().text != end:
                raise MesonSyntaxError(f"line {self.peek().line}")
        return tuple(args), tuple(named)

    def _atom(self) -> Node:
        token = self._next()
        if token.kind == "operator":
            return self._bracketed(token)
        if token.kind == "text":
            kind = "format" if token.text[0] == "f" else "constant"
            return Node(kind, token.line, _text(token.text))
        if token.kind == "number":
            base = 0 if token.text[1:2].isalpha() else 10
            return Node("constant", token.line, int(token.text, base))
        if token.text in ("true", "false"):
            return Node("constant", token.line, token.text == "true")
        if token.kind == "name":
            return Node("name", token.line, token.text)
        raise MesonSyntaxError(f"line {token.line}")

    def _bracketed(self, token: Token) -> Node:
        if token.text == "(":
            inner = self._expression()
            self._expect(")")
            return inner
        if token.text == "[":
            return Node("list", token.line, None, self._arguments("]")[0])
        if token.text == "{":
            return Node("dict", token.line, None, self._arguments("}")[1])
        raise MesonSyntaxError(f"line {token.line}: {token.text!r}")


def _text(word: str) -> str:
    plain = word.removeprefix("f")
    if plain.startswith("'''"):
        return plain[3:-3]
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), plain[1:-1])
