"""The pocket painter: a small latent diffusion model that this project trains from nothing."""
