"""How are estimates said: words, sentences and tables that follow from them."""
