"""The front page: what to do, every effect in one grid, an explorer of every arm, the sentences, how to cite."""
