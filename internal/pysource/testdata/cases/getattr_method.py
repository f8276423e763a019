class A:
    def __getattr__(self, name):
        return "not_reported"
