"""What visitors send and the admissions team answers."""
