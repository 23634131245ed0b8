"""How does the program write or change a study file?"""
