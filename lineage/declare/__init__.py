"""How users declare steps and pipelines, and how a plan is made of them without importing what the steps import."""
