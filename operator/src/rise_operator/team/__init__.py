"""Teams: what they look like in the cluster, and what happens when one is applied."""
