"""The part of a cell that only defines: what a function from a figure's cell needs of it."""

import ast

DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class OnlyDefinitions(ast.NodeTransformer):
    """Leaves of a cell its imports, functions and classes, on the lines where they are."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Drop every other statement at the top level."""
        body: list[ast.stmt] = [each for each in node.body if isinstance(each, DEFINES)]
        return ast.Module(body, type_ignores=[])
