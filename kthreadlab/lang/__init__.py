"""Front ends: the text of a kernel module in, a linked `KernelModule` or its diagnostics out."""
