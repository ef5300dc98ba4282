"""The trusted grading engine: student code is a jailed function from arrays to arrays.

Nothing that a submission holds runs in the process that decides its score. What a
submission's cells do, they do inside a jail (`autograde.jail.inside`); the graded
test cells run here, against proxies that send arrays in and get arrays back.
"""
