"""Fine-tuning and evaluation of the policy that drives a user interface.

A page is a list of tokens such as "role:button" and "goal:send"; the policy
says which action to take on it. Each module with a main() is one step of a
flow in workflows/.
"""

ACTIONS = ("click", "type", "navigate", "scroll")
