"""The test gateway: a payment provider within this installation, reached over HTTP as a real one is."""
