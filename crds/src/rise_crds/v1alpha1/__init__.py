"""The kinds of rise.dev/v1alpha1, one a module."""
