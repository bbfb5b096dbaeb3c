"""The daily check-in: who is asked, who is reminded, whom an officer must look after."""
