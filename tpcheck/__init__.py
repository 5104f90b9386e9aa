"""Patient self-assessment for a clinic that treats trigger points with massage."""

__version__ = "0.1.0"
