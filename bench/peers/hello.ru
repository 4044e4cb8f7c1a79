# The application that Puma runs.
run ->(_env) { [200, { "Content-Type" => "text/plain; charset=utf-8" }, ["Hello, World!\n"]] }
