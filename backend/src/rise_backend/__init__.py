"""The Rise backend: REST, the Kubernetes gateway and sign-in."""
