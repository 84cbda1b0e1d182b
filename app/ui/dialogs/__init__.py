"""Windows of their own, each made when it is first asked for."""
