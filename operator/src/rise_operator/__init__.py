"""The Rise operator: reconciles Projects and Teams."""
