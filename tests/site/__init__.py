"""The documentation as a site: the pages of docs/, the README, and references that are written from the code."""
