"""The paths of required members that an output lacks, by botocore's shape of the output, at any depth."""


def missing(shape, value, at=""):
    if shape is None or value is None:
        return []
    if shape.type_name == "list":
        return [path for i, each in enumerate(value) for path in missing(shape.member, each, f"{at}[{i}]")]
    if shape.type_name == "map":
        return [path for key, each in value.items() for path in missing(shape.value, each, f"{at}.{key}")]
    if shape.type_name != "structure" or not isinstance(value, dict):
        return []
    absent = [f"{at}.{name}" for name in shape.required_members if name not in value]
    within = [path for name, each in shape.members.items() for path in missing(each, value.get(name), f"{at}.{name}")]
    return absent + within
