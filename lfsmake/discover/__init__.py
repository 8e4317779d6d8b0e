"""Script trees and the book, read into metadata and recipes."""
