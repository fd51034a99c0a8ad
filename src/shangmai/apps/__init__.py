"""Composition: which modules run, in which process, behind which doors."""
