"""How this tool fails: with what is wrong, and what to do next."""


class BenchError(Exception):
    def __init__(self, what, fix="./dev bench --help"):
        super().__init__(what)
        self.fix = fix
