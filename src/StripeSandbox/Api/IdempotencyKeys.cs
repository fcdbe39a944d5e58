using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>The first answer to a key.</summary>
internal sealed record RememberedAnswer(string Operation, string Fingerprint, ApiAnswer Answer, string RequestId);

/// <summary>The table of idempotency keys, and which of them are in use now.</summary>
internal sealed class IdempotencyKeys(StripeSandboxOptions options)
{
    /// <summary>Characters of a key.</summary>
    public const int KeyMax = 255;

    /// <summary>Bounded by the connections that Kestrel accepts: an entry lives as long as its request.</summary>
    private readonly ConcurrentDictionary<string, Lease> _inUse = new(StringComparer.Ordinal);

    /// <summary>Takes a key until the lease is disposed; null while another request with this key runs.</summary>
    public IDisposable? Enter(string key)
    {
        var lease = new Lease(_inUse, key);
        return _inUse.TryAdd(key, lease) ? lease : null;
    }

    /// <summary>The same content gives the same text, in whatever order the parameters came.</summary>
    public static string Fingerprint(string path, FormMap form)
    {
        var text = new StringBuilder(path).Append('\n');
        Write(form, text);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    public RememberedAnswer? Recall(SandboxTransaction transaction, string key)
    {
        using var command = transaction.Command(
            "SELECT operation, fingerprint, status, body, request_id FROM idempotency WHERE key = $key AND created_ms >= $since",
            ("$key", key), ("$since", (transaction.Now - TimeSpan.FromHours(options.IdempotencyHours)).ToUnixTimeMilliseconds()));
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? new RememberedAnswer(
                reader.GetString(0), reader.GetString(1),
                new ApiAnswer(reader.GetInt32(2), JsonNode.Parse(reader.GetString(3))!.AsObject()), reader.GetString(4))
            : null;
    }

    public static void Remember(SandboxTransaction transaction, string key, RememberedAnswer remembered) => transaction.Run(
        """
        INSERT OR REPLACE INTO idempotency (key, operation, fingerprint, status, body, request_id, created_ms)
        VALUES ($key, $operation, $fingerprint, $status, $body, $request, $now)
        """,
        ("$key", key), ("$operation", remembered.Operation), ("$fingerprint", remembered.Fingerprint),
        ("$status", (long)remembered.Answer.Status), ("$body", remembered.Answer.Body.ToJsonString(Json.Options)),
        ("$request", remembered.RequestId), ("$now", transaction.Now.ToUnixTimeMilliseconds()));

    /// <summary>Lets go of its own key only: a request that let go early must not free the key of its retry.</summary>
    private sealed class Lease(ConcurrentDictionary<string, Lease> inUse, string key) : IDisposable
    {
        public void Dispose() => inUse.TryRemove(KeyValuePair.Create(key, this));
    }

    private static void Write(FormNode node, StringBuilder text)
    {
        if (node is FormText leaf)
        {
            text.Append(leaf.Value.Length).Append(':').Append(leaf.Value);
            return;
        }

        text.Append('{');
        foreach (var (key, value) in ((FormMap)node).Values.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            text.Append(key.Length).Append(':').Append(key).Append('=');
            Write(value, text);
        }

        text.Append('}');
    }
}
