"""The Rise database: migrations, verified queries and the connection pool."""
