"""Amazon ECR: one repository a project, credentials narrowed by session policies."""
