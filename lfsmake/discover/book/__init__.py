"""The LFS book, read without network and without entities from outside; books compared and made into recipes."""
