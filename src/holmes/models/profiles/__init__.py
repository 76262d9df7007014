"""What one kind of server needs differently, one file each, as data.

    recognise(said, profiles)   the profile that fits what a server says, never its port or name
    built_in(), of_user(folder) the profiles

A new one is one new module here with a `PROFILE`, or a YAML file in ~/.holmes/profiles.
"""

from holmes.models.profiles.discovery import built_in, own_paths, recognise
from holmes.models.profiles.user_files import USER_FOLDER, of_user

__all__ = ["USER_FOLDER", "built_in", "of_user", "own_paths", "recognise"]
