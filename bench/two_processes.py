"""Two processes that answer on one socket, as two loops of one process do. usage: two_processes.py PORT COMMAND..."""
import socket
import subprocess
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024) as listener:
    number = listener.fileno()
    words = [*sys.argv[2:-1], f"--sockets={number}", sys.argv[-1]]
    processes = [subprocess.Popen(words, pass_fds=[number]) for _ in range(2)]
sys.exit(max(process.wait() for process in processes))
