"""What is graded: properties, portfolios of scenarios, points and hints; one module a lab."""
