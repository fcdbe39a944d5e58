using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using OpenTelemetry.Trace;

namespace LiveCommerce.Host.Telemetry;

/// <summary>
/// Keeps a share of the traces by a keyed hash of their ids. Every process of the cluster has the key and keeps the same ones, whole; nobody
/// else can tell which, so a stranger who sends an id cannot choose that it is kept. What a process does by itself (a timer's look at the
/// database) is nobody's trace.
/// </summary>
internal sealed class ShareSampler : Sampler
{
    private const int IdBytes = 16;

    private readonly byte[] _key;
    private readonly ulong _below;
    private readonly bool _all;

    /// <summary>Keeps a share.</summary>
    /// <param name="share">From 0 to 1.</param>
    /// <param name="secret">What all processes of the cluster know and nobody else; null: this process is alone, and makes up one.</param>
    public ShareSampler(double share, string? secret)
    {
        _key = secret is not null
            ? HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), SHA256.HashSizeInBytes, info: "livecommerce traces"u8.ToArray())
            : RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        _all = share >= 1;
        _below = _all || share <= 0 ? 0 : (ulong)(share * ulong.MaxValue);
    }

    /// <summary>Whether a trace is kept.</summary>
    public bool Keeps(ActivityTraceId trace)
    {
        if (_all || _below == 0) { return _all; }

        Span<byte> id = stackalloc byte[IdBytes];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        trace.CopyTo(id);
        HMACSHA256.HashData(_key, id, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash) < _below;
    }

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var parent = samplingParameters.ParentContext;
        var keeps = parent.TraceId == default ? samplingParameters.Kind == ActivityKind.Server && Keeps(samplingParameters.TraceId)
            : parent.IsRemote ? Keeps(samplingParameters.TraceId)
            : parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
        return new SamplingResult(keeps ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
    }
}
