"""Values, errors and ports of the domain. Imports nothing else of Earmark."""
