"""What regularizes a Keras model as it is, and the same model without some of it?"""
