"""Flask: python3 -m wserve --listen=127.0.0.1:8080 flask_app:app"""
from flask import Flask, request, url_for

app = Flask(__name__)


@app.get("/")
def home():
    return f"You are {request.remote_addr}; this is {url_for('home', _external=True)}\n"
