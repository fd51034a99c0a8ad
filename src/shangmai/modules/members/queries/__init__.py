"""The SQL of members. Personal data is sealed on its way in and opened on its way out, here and nowhere else."""
