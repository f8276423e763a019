import structlog

structlog.configure(processors=[structlog.processors.JSONRenderer()])
structlog.get_logger().info("x", a=1)
structlog.dev.ConsoleRenderer()
