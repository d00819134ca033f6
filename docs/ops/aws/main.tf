# The AWS side of a broker on EKS: the broker's own role, and a role that it assumes for its callers.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "oidc_provider_arn" {
  description = "The IAM OIDC provider of the cluster, such as arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
  type        = string
}

variable "service_account" {
  description = "The broker's service account, as namespace:name"
  type        = string
  default     = "countersign:countersign"
}

variable "external_id" {
  description = "externalId of the grants in broker.json"
  type        = string
  default     = "countersign"
}

variable "endpoint_arns" {
  description = "SageMaker endpoints that callers may invoke"
  type        = list(string)
}

locals {
  issuer = regex("oidc-provider/(.+)$", var.oidc_provider_arn)[0]
}

data "aws_iam_policy_document" "broker_trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:${var.service_account}"]
    }
  }
}

resource "aws_iam_role" "broker" {
  name                 = "countersign-broker"
  assume_role_policy   = data.aws_iam_policy_document.broker_trust.json
  max_session_duration = 3600
}

data "aws_iam_policy_document" "broker" {
  statement {
    actions   = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    resources = [aws_iam_role.inference.arn]
  }
}

resource "aws_iam_role_policy" "broker" {
  name   = "assume-inference"
  role   = aws_iam_role.broker.id
  policy = data.aws_iam_policy_document.broker.json
}

data "aws_iam_policy_document" "inference_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.broker.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }
  statement {
    actions = ["sts:SetSourceIdentity", "sts:TagSession"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.broker.arn]
    }
  }
}

resource "aws_iam_role" "inference" {
  name                 = "inference"
  assume_role_policy   = data.aws_iam_policy_document.inference_trust.json
  max_session_duration = 3600
}

data "aws_iam_policy_document" "inference" {
  statement {
    actions   = ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
    resources = var.endpoint_arns
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role_policy" "inference" {
  name   = "invoke"
  role   = aws_iam_role.inference.id
  policy = data.aws_iam_policy_document.inference.json
}

output "broker_role_arn" {
  value = aws_iam_role.broker.arn
}

output "inference_role_arn" {
  value = aws_iam_role.inference.arn
}
