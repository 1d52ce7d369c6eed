"""The REST surface: sign-in, who am I, projects and teams."""
