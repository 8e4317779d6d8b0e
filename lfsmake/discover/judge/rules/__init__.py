"""The rules by what they are about: each gives findings of one piece of shell. They know no file but that piece."""
