"""The Kubernetes gateway: what a person's kubeconfig points at."""
