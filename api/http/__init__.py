"""The HTTP door: it translates between HTTP and the engine, in two languages. It decides nothing and stores nothing."""
