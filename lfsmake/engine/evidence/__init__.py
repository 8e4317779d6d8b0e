"""Why a phase failed, from what it left behind: its log, its status, its folders. Knows no scheduler.

Only a failure imports any of this: the patterns take longer to compile than a small step takes to run.
"""
