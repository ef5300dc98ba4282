"""How NumPy is told, before it is imported, to compute with one thread."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Environment variables: workers, not libraries, share out the processors."""
