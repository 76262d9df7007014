"""What one kind of server needs differently, one YAML file each.

    recognise(said, profiles)   the profile that fits what a server says, never its port or name
    built_in(), of_user(folder) the profiles

A new one is one new file here, or in ~/.holmes/profiles.
"""

from holmes.models.profiles.base import own_paths, recognise
from holmes.models.profiles.files import USER_FOLDER, built_in, of_user

__all__ = ["USER_FOLDER", "built_in", "of_user", "own_paths", "recognise"]
