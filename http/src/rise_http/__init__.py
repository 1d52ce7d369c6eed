"""HTTP/1.1 to servers that are asked again and again: bytes as they are, nothing sent twice."""
