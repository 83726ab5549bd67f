"""How well a task is done: one module a task, and a report with examples side by side. Knows nothing of the command line."""
