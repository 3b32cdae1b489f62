"""Views: how traces and reports look.  A view only reads; it never makes anything happen."""
