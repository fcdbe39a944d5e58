using Microsoft.Extensions.Options;

namespace LiveCommerce.Actors.Links;

/// <summary>The rules across the options of links, and whether the files that they name can be used.</summary>
internal sealed class LinkOptionsRules(TimeProvider time) : IValidateOptions<LinkOptions>
{
    /// <summary>Shorter secrets are guessed.</summary>
    private const int SecretLengthMin = 16;

    public ValidateOptionsResult Validate(string? name, LinkOptions options)
    {
        if (options.Secret.Length < SecretLengthMin && !(options.Secret.Length == 0 && options.PeerCertificate))
        {
            return ValidateOptionsResult.Fail(
                "Links:Secret must have at least 16 characters, the same in every process of the cluster. "
                + "Only where Links:PeerCertificate is true it may be left out.");
        }

        try
        {
            _ = LinkCertificates.Load(options, time);
            return ValidateOptionsResult.Success;
        }
        catch (LinkCertificateException unusable)
        {
            return ValidateOptionsResult.Fail(unusable.Message);
        }
    }
}
