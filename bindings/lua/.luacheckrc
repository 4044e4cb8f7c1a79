std = "max+busted"
max_line_length = 130
