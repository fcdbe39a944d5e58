using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LiveCommerce.Actors.Links;

/// <summary>The certificates of this process's links, as its options name them: what it shows, and whom it trusts.</summary>
/// <param name="Own">Null: it shows none.</param>
/// <param name="Authorities">Null: those that the machine trusts.</param>
internal sealed record LinkCertificates(X509Certificate2? Own, X509Certificate2Collection? Authorities)
{
    /// <summary>Reads the files.</summary>
    /// <exception cref="LinkCertificateException">One of them is of no use; the message says which, why and what to do.</exception>
    public static LinkCertificates Load(LinkOptions options, TimeProvider time)
    {
        if (options.Certificate.Length > 0 != options.CertificateKey.Length > 0)
        {
            throw new LinkCertificateException("Links:Certificate and Links:CertificateKey belong together: give both PEM files, or neither.");
        }

        if (options.PeerCertificate && options.Authority.Length == 0)
        {
            throw new LinkCertificateException(
                "Links:PeerCertificate needs Links:Authority: the PEM file with the certificate that the other processes' certificates are signed by.");
        }

        var authorities = options.Authority.Length > 0 ? ReadAuthorities(options.Authority) : null;
        return new LinkCertificates(options.Certificate.Length > 0 ? ReadOwn(options, time) : null, authorities);
    }

    /// <summary>Null when a certificate that the other side shows is good, else what is wrong with it.</summary>
    /// <param name="policy">What the framework found: it compares the name.</param>
    public string? ProblemOf(X509Certificate2? shown, SslPolicyErrors policy, TimeProvider time)
    {
        if (shown is null) { return "it shows no certificate; set Links:Certificate and Links:CertificateKey there"; }
        if (policy.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) { return $"its certificate is for another name ({shown.Subject}) than its address"; }

        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;

        // What a stranger shows may name addresses; nobody fetches from them.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        if (Authorities is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        }

        if (chain.Build(shown)) { return null; }
        var found = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        return found.HasFlag(X509ChainStatusFlags.NotTimeValid) && !IsGoodAt(shown, time)
            ? $"its certificate ({shown.Subject}) is good from {Day(shown.NotBefore)} to {Day(shown.NotAfter)} only; renew it, and look at both machines' clocks"
            : (found & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid)) != X509ChainStatusFlags.NoError
                ? $"its certificate ({shown.Subject}) is not signed by Links:Authority"
                : $"its certificate ({shown.Subject}) is not good: {string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()))}";
    }

    private static X509Certificate2 ReadOwn(LinkOptions options, TimeProvider time)
    {
        X509Certificate2 own;
        try
        {
            own = X509Certificate2.CreateFromPemFile(options.Certificate, options.CertificateKey);
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new LinkCertificateException(
                $"Links:Certificate {options.Certificate} with Links:CertificateKey {options.CertificateKey} cannot be used: {unreadable.Message} "
                + "Both are PEM files, and the key is that of the certificate, without a password.");
        }

        return IsGoodAt(own, time) ? own : throw new LinkCertificateException(
            $"Links:Certificate {options.Certificate} is good from {Day(own.NotBefore)} to {Day(own.NotAfter)} only. Renew it, or look at this machine's clock.");
    }

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPemFile(file);
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new LinkCertificateException($"Links:Authority {file} cannot be read: {unreadable.Message}");
        }

        return all.Count > 0 ? all : throw new LinkCertificateException($"Links:Authority {file} has no certificate in PEM form.");
    }

    private static bool IsGoodAt(X509Certificate2 certificate, TimeProvider time)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return now >= certificate.NotBefore.ToUniversalTime() && now <= certificate.NotAfter.ToUniversalTime();
    }

    private static string Day(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

/// <summary>The certificates that the options name are of no use.</summary>
internal sealed class LinkCertificateException(string message) : Exception(message);
