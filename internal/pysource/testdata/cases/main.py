import a
if __name__ == "__main__":
    a.main()
