"""The choosers: all choices (`explore`), a recorded schedule (`replay`); and the types they speak in."""
