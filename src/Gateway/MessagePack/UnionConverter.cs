using System.Collections.Frozen;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using LiveCommerce.Contracts;

namespace LiveCommerce.Gateway.MessagePack;

/// <summary>A family of records told apart by <c>kind</c>, which stands first when we write and anywhere when we read.</summary>
internal sealed class UnionConverter<TBase> : WireConverter<TBase>
{
    private readonly byte[] _discriminator;
    private readonly FrozenDictionary<Type, Variant> _byType;
    private readonly FrozenDictionary<string, Variant> _byKind;
    private readonly RecordConverter<TBase>? _base;

    public UnionConverter(JsonTypeInfo info)
    {
        var options = info.PolymorphismOptions!;
        _discriminator = Encoding.UTF8.GetBytes(options.TypeDiscriminatorPropertyName);
        var variants = options.DerivedTypes.Select(derived => (derived.DerivedType, Kind: (string)derived.TypeDiscriminator!)).ToArray();
        _byType = variants.ToFrozenDictionary(variant => variant.DerivedType, variant => NewVariant(variant.DerivedType, variant.Kind));
        _byKind = variants.ToFrozenDictionary(variant => variant.Kind, variant => _byType[variant.DerivedType], StringComparer.Ordinal);
        _base = typeof(TBase).IsAbstract || _byType.ContainsKey(typeof(TBase)) ? null : new RecordConverter<TBase>(info);
    }

    public override void Write(ref MessagePackWriter writer, TBase value)
    {
        if (_byType.TryGetValue(value!.GetType(), out var variant)) { variant.Write(ref writer, value); }
        else if (_base is not null && value.GetType() == typeof(TBase)) { _base.Write(ref writer, value); }
        else { throw new NotSupportedException($"{value.GetType()} has no kind."); }
    }

    public override TBase Read(ref MessagePackReader reader)
    {
        var ahead = reader;
        string? kind = null;
        for (var left = ahead.BeginMap(); left > 0; left--)
        {
            if (!ahead.ReadTextBytes().SequenceEqual(_discriminator)) { ahead.Skip(); }
            else if (kind is null) { kind = ahead.ReadText(); }
            else { throw new UnreadableException("a kind that stands there twice"); }
        }

        return kind is null
            ? _base is not null ? _base.Read(ref reader) : throw new UnreadableException("a kind is missing")
            : _byKind.TryGetValue(kind, out var variant) ? variant.Read(ref reader) : throw new UnreadableException("an unknown kind");
    }

    private Variant NewVariant(Type derived, string kind)
    {
        var writer = new MessagePackWriter(64);
        writer.WriteText(_discriminator);
        writer.WriteText(kind);
        var encoded = writer.Written.ToArray();
        writer.Dispose();
        return (Variant)Activator.CreateInstance(typeof(Variant<>).MakeGenericType(typeof(TBase), derived), encoded)!;
    }

    private abstract class Variant
    {
        public abstract void Write(ref MessagePackWriter writer, TBase value);

        public abstract TBase Read(ref MessagePackReader reader);
    }

    private sealed class Variant<TDerived>(byte[] encodedKind) : Variant
        where TDerived : TBase
    {
        private readonly RecordConverter<TDerived> _record = new(WireJson.Options.GetTypeInfo(typeof(TDerived)));

        public override void Write(ref MessagePackWriter writer, TBase value) => _record.Write(ref writer, (TDerived)value!, encodedKind);

        public override TBase Read(ref MessagePackReader reader) => _record.Read(ref reader);
    }
}
